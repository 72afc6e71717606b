# Draws cost-budgets-resnet8-cifar10.svg; run: gnuplot cost-budgets-resnet8-cifar10.gp
if (!exists('out')) out = 'cost-budgets-resnet8-cifar10.svg'
set encoding utf8
set terminal svg size 852,460 noenhanced font 'DejaVu Sans,Helvetica,Arial,sans-serif,13' background '#ffffff'
set output out
set decimalsign '.'
set linetype 1 lc rgb '#0072B2' lw 2 pt 7 ps 0.8
set linetype 2 lc rgb '#D55E00' lw 2 pt 5 ps 0.8
set linetype 3 lc rgb '#009E73' lw 2 pt 9 ps 1.0
set linetype 4 lc rgb '#CC79A7' lw 2 pt 11 ps 1.0
set linetype 5 lc rgb '#E69F00' lw 2 pt 13 ps 1.0
set linetype 6 lc rgb '#56B4E9' lw 2 pt 15 ps 0.9
set linetype 7 lc rgb '#000000' lw 2 pt 3 ps 0.9
set linetype 8 lc rgb '#808080' lw 2 pt 2 ps 0.9
set linetype cycle 8
set border 3 lc rgb '#606060'
set tics nomirror out scale 0.6 tc rgb '#202020'
set grid ytics lc rgb '#dddddd' lw 0.6 lt 1
set tmargin 4.2
set label 'cifar10-resnet8-ablation: total cost of serving several budgets' at screen 0.015, screen 0.9609 left font ',15'
set label 'resnet8 on cifar10; prepare once + deploy for each budget' at screen 0.015, screen 0.9152 left font ',12' tc rgb '#505050'
set xlabel 'number of budgets'
set ylabel 'image passes (millions)'
set xrange [0.8:10.2]
set yrange [0:*]
set xtics 1
set key outside right top Left reverse samplen 3 spacing 1.2
$row0 << EOD
1 2.215364
2 2.274184
3 2.333004
4 2.391824
5 2.450644
6 2.509464
7 2.568284
8 2.627104
9 2.685924
10 2.744744
EOD
$row1 << EOD
1 2.215876
2 2.275208
3 2.334540
4 2.393872
5 2.453204
6 2.512536
7 2.571868
8 2.631200
9 2.690532
10 2.749864
EOD
$row2 << EOD
1 2.215407
2 2.274269
3 2.333132
4 2.391995
5 2.450857
6 2.509720
7 2.568583
8 2.627445
9 2.686308
10 2.745171
EOD
$row3 << EOD
1 2.218521
2 2.280499
3 2.342476
4 2.404453
5 2.466431
6 2.528408
7 2.590385
8 2.652363
9 2.714340
10 2.776317
EOD
plot $row0 using 1:2 with linespoints lt 1 dt 1 title 'all parts', \
     $row1 using 1:2 with linespoints lt 2 dt 2 title 'scheduler off', \
     $row2 using 1:2 with linespoints lt 3 dt 3 title 'mitigation off', \
     $row3 using 1:2 with linespoints lt 4 dt 4 title 'all off'
