# Draws cost-budgets-resnet20-cifar100.svg; run: gnuplot cost-budgets-resnet20-cifar100.gp
if (!exists('out')) out = 'cost-budgets-resnet20-cifar100.svg'
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
set label 'cifar100-resnet20: total cost of serving several budgets' at screen 0.015, screen 0.9609 left font ',15'
set label 'resnet20 on cifar100; prepare once + deploy for each budget' at screen 0.015, screen 0.9152 left font ',12' tc rgb '#505050'
set xlabel 'number of budgets'
set ylabel 'image passes (millions)'
set xrange [0.8:10.2]
set yrange [0:*]
set xtics 1
set key outside right top Left reverse samplen 3 spacing 1.2
$row0 << EOD
1 0.678468
2 1.356936
3 2.035404
4 2.713872
5 3.392340
6 4.070808
7 4.749276
8 5.427744
9 6.106212
10 6.784680
EOD
$row1 << EOD
1 0.907844
2 1.586312
3 2.264780
4 2.943248
5 3.621716
6 4.300184
7 4.978652
8 5.657120
9 6.335588
10 7.014056
EOD
$row2 << EOD
1 0.797208
2 1.594416
3 2.391624
4 3.188832
5 3.986040
6 4.783248
7 5.580456
8 6.377664
9 7.174872
10 7.972080
EOD
$row3 << EOD
1 7.096132
2 7.722632
3 8.349132
4 8.975632
5 9.602132
6 10.228632
7 10.855132
8 11.481632
9 12.108132
10 12.734632
EOD
plot $row0 using 1:2 with linespoints lt 1 dt 1 title 'LSQ', \
     $row1 using 1:2 with linespoints lt 2 dt 2 title 'HAWQ', \
     $row2 using 1:2 with linespoints lt 3 dt 3 title 'Random', \
     $row3 using 1:2 with linespoints lt 4 dt 4 title 'RFQuant'
