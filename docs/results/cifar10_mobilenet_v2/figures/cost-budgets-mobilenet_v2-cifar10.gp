# Draws cost-budgets-mobilenet_v2-cifar10.svg; run: gnuplot cost-budgets-mobilenet_v2-cifar10.gp
if (!exists('out')) out = 'cost-budgets-mobilenet_v2-cifar10.svg'
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
set label 'cifar10-mobilenet-v2: total cost of serving several budgets' at screen 0.015, screen 0.9609 left font ',15'
set label 'mobilenet_v2 on cifar10; prepare once + deploy for each budget' at screen 0.015, screen 0.9152 left font ',12' tc rgb '#505050'
set xlabel 'number of budgets'
set ylabel 'image passes (millions)'
set xrange [0.8:10.2]
set yrange [0:*]
set xtics 1
set key outside right top Left reverse samplen 3 spacing 1.2
$row0 << EOD
1 0.408900
2 0.817800
3 1.226700
4 1.635600
5 2.044500
6 2.453400
7 2.862300
8 3.271200
9 3.680100
10 4.089000
EOD
$row1 << EOD
1 3.331140
2 5.044872
3 6.758604
4 8.472336
5 10.186068
6 11.899800
7 13.613532
8 15.327264
9 17.040996
10 18.754728
EOD
plot $row0 using 1:2 with linespoints lt 1 dt 1 title 'LSQ', \
     $row1 using 1:2 with linespoints lt 2 dt 2 title 'RFQuant'
